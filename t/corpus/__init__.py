"""Hostile input: raw requests, redirect targets, and what judges them."""
