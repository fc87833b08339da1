"""The storefront and the administration, their scripts and styles, and a session hidden from scripts."""
