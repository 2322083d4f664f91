// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title A contract that answers for tokens which others gave it
abstract contract TokenHolder {
    using SafeERC20 for IERC20;

    IERC20 public immutable TOKEN;

    error ZeroAddress();
    error ZeroAmount();
    /// @notice The token gave another amount than was asked for: tokens with a fee on transfer can't be used.
    error WrongAmountReceived(uint256 expected, uint256 received);

    constructor(address token) {
        if (token == address(0)) revert ZeroAddress();
        TOKEN = IERC20(token);
    }

    /// @dev Takes `amount` from `from`, and refuses a token that delivers any other amount: what is booked as held must be there.
    /// Callers hold the reentrancy lock, so that no other transfer in or out can come in between.
    function _receive(address from, uint256 amount) internal {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(from, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received != amount) revert WrongAmountReceived(amount, received);
    }
}
