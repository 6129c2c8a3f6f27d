// A value that nests too deep is refused
let deep: any = 1;
for (let i = 0; i < 500; i++) deep = [deep];
return deep;
//= exceeded: LimitError [limits.depth]: the nesting limit of 200 was reached (`limits.depth`)
