// expect: returned "\u202e\u2066"
return '‮⁦';
