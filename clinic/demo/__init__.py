"""The demo practice: a believable caseload, the same every time, dated relative to the day it is loaded."""
