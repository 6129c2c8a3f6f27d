import json
result = await tools.odd.big_id()
print(json.dumps(result))
