"""What the author of a Pod asks for: the grammar of annotations, and what is made of them."""
