return “text”;
