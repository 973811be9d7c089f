"""Which method of captum falls on the lesions of synthetic images, whose place is known."""
