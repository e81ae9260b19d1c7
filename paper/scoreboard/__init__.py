"""Tables of the paper: labelled runs in, judgements of every method, figures out."""
