"""What an organisation pays: its own prices and discounts over list prices, and what an unknown price means."""
