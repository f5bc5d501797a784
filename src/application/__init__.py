"""The use cases: what the product does, in the words of the domain, over the ports."""
