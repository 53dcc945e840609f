"""Sessions by video and by phone: the address at which one meets, and where each client is when it begins."""
