"""What the pages in docs say, compared with the code and run."""
