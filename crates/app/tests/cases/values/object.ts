// A returned object comes back whole, its keys in order
return { b: 1, a: [true, null, 'x'], nested: { deep: { er: -0.5 } } };
//= returned {"b":1,"a":[true,null,"x"],"nested":{"deep":{"er":-0.5}}}
