"""Members and their page: what they do in the browser, or in a test."""
