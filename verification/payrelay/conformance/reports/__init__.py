"""Reports: a result in other forms. Each file here is one form, and each is made of the result alone."""
