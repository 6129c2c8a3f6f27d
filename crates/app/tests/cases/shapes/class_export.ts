// A class is nothing to call
export default class Report {
  total = 3;
}
//= returned null
//= warning: the script returned nothing; write `return …;` at its end
