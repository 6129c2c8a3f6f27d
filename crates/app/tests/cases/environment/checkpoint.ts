// What is checkpointed is there at once
await checkpoint.set('place', { row: 7 });
await results.save('rows', [1, 2]);
return [await checkpoint.get('place'), await results.get('rows'), await checkpoint.get('nothing')];
//= returned [{"row":7},[1,2],null]
