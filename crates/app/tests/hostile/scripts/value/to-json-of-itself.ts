// expect: returned {}
const self = { toJSON: () => self };
return self;
