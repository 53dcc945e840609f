"""Of the page that is sent in private."""
