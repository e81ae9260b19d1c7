"""What columns are made from, noted while the program runs."""
