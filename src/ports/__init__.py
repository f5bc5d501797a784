"""The abstract roles that the outside world plays. They speak the domain's words: no SQL, no JSON, no HTTP."""
