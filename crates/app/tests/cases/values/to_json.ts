// toJSON is honoured
return { toJSON: () => ({ own: true }) };
