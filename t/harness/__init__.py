"""What the black-box tests are made of; conftest.py turns it into fixtures."""
