// A promise nothing settles ends the run at once
await new Promise(() => {});
