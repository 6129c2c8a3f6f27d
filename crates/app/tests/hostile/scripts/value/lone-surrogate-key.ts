// expect: returned {"\ufffd":1}
return { '\ud800': 1 };
