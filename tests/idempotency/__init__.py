"""One form, twenty posts at once, one effect and one answer; another body under the same key is refused."""
