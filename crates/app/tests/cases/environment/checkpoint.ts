// What is checkpointed is there at once
await checkpoint.set('place', { row: 7 });
await results.save('rows', [1, 2]);
const asked = [await checkpoint('place'), await checkpoint('nothing'), await checkpoint('place', { row: 8 })];
const kept = [await checkpoint.get('place'), await results.get('rows'), await checkpoint.get('nothing'), await checkpoint.list()];
await checkpoint('place', undefined);
return [...asked, ...kept, await checkpoint('place'), await checkpoint.list()];
//= returned [{"row":7},null,null,{"row":8},[1,2],null,["place"],null,[]]
