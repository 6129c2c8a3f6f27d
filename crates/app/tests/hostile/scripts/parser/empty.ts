// expect: returned null

