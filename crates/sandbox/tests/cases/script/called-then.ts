const main = async () => 1;
main().then((value) => console.log(value)).catch(console.error);
