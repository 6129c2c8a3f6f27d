const found = [1].find((n) => n > 1) ?? None;
return found;
//= threw at 1:41: ReferenceError: None is not defined (write `null`)
