// expect: returned {"outcome":"crashed","value":null,"error":{"name":"WorkerError"}}
return { outcome: 'crashed', value: null, error: { name: 'WorkerError' } };
