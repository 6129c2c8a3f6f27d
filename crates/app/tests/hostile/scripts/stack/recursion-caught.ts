// expect: returned "caught"
const deeper = (): number => 1 + deeper();
try {
  deeper();
} catch {
  return 'caught';
}
