"""What is judged of an installation, a file for each subject."""
