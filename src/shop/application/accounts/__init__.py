"""Accounts: signing up, logging in and out, profiles, and the administration of users."""
