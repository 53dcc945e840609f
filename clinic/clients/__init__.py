"""Client records, episodes of care, who cares for whom, and couples.

`service` takes people into care and out of it, `care` says which therapist cares for whom, `couples` links two clients,
`queries` tells who may see what. Rights are read anew on each request, so whatever ends here ends at the next one.
"""
