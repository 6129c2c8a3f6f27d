// A default export is the value, or is called
export default async () => 'exported';
//= returned "exported"
//= repair: The default export was called, and its value returned
