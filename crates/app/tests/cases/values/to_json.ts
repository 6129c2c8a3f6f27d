// toJSON is honoured
return { toJSON: () => ({ own: true }) };
//= returned {"own":true}
