const { a, b: [c] } = await load();
declare function load(): Promise<any>;
