"""The small parts of the fault programs; the programs themselves are run by `make faults`."""
