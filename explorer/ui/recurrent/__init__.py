"""What the RNN and the LSTM page share: the sequence that is looked at, and one file a view."""
