// A default export is the value, or is called
export default async () => 'exported';
//= returned "exported"
