"""What tests share: free ports, a running exchange, a small phone, tones and their measure."""
