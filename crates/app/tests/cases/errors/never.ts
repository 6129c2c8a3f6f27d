// A promise nothing settles ends the run at once
await new Promise(() => {});
//= threw: DeadlockError: the script waits for a promise that nothing will ever settle
