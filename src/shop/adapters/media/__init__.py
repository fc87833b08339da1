"""Where pictures are kept, and how they are rendered."""
