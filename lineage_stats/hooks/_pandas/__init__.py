"""What is watched in pandas."""
