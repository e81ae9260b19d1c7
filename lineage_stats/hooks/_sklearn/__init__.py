"""What is watched in scikit-learn."""
