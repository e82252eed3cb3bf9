// Sends the answer on to the application. Without scripts the button does it.
document.getElementById("answer")?.submit();
