void (async () => { return 5; })();
