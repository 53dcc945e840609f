"""The shared shell of every page: access policies, errors, headers, forms, filters, navigation, paging."""
