"""What a call, a registration, a packet and an idle process cost. Run by ``make bench``; nothing here is a test."""
