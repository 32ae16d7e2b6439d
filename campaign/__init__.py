"""Whether anything acknowledged is lost, of thousands of deliveries while stores die."""
