"""Standing sessions: every week or every two weeks at one wall-clock time; each occurrence is an appointment."""
