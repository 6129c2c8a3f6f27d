# All that are long
results = [x for x in await big_id()]
