"""Calls: from KAZOO's request to the answer that KAZOO executes, over one step or several."""
